"""A simulated provider: what its collectors would deliver, and the truth behind it.

The package stands alone. It imports nothing else of longflow and shares no constant with the
readers, so that an error on one side cannot hide an equal error on the other.

How a week is made: `population` decides who uses how much, `sessions` who holds which address when,
`flows` what crosses the network and what of it is sampled, `usage` what is charged, `counters` what
the interfaces count. `week` writes that as collectors deliver it (`nfcapd_file`, `feed_tables`),
and the sums of what is true beside it (`truth`). The figures that the provider is modelled on are
in `levels`, `ports` and `profiles`.
"""
