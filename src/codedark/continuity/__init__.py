"""Care without systems: who lies where, each patient's chart, each ward's pack, and what is written down meanwhile."""
