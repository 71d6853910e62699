"""How well swarm finds what is needed, replayed on real histories where nothing later is known."""
