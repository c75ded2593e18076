"""The demo: the main job with simulated departments on loopback, each called simulated."""
