"""Acts on the hospital's devices: one contract, one adapter for each kind of device. Nothing is decided here."""
