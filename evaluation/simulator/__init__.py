"""A provider that is not one: speaks the provider's API on loopback and errs by a plan (docs/simulator.md)."""
