"""The outside world: accounts, hosts, log folders, registers; each library has one home here."""
