"""What people decide: the rule, the sweep over all people, candidates."""
