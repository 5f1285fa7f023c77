"""Acting on the hospital: approved by two people, in waves, watched by probes, told line by line, and taken back."""
