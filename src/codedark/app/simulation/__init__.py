"""The simulated hospital: written into a folder, or streamed live to a running system."""
