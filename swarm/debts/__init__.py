"""What a board owes: read off commits and records each time, in the order of payment."""
