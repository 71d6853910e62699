"""How fast and how heavy swarm is, beside the floor of the machine it runs on."""
