"""What people see and hear: beliefs, influence of others, news."""
