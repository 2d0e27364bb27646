"""Every output of a scan: one file each, found by walking this folder. See `base.py` for the contract."""
