"""One module for each kind of device: what stands of it in ``codedark.toml``, and how its adapter is opened."""
