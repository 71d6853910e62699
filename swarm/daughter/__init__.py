"""A daughter blackboard: what a parent hands down, made aside, verified, then put in its place."""
