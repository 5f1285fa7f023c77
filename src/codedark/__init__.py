"""Code Dark: software that lets a hospital survive a cyberattack."""
