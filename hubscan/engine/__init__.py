"""The rule engine: load packs, match records, explain. Matching is pure: no clock, disk, network or globals."""
