"""Who calls: tokens, people and their sessions, links in messages. What they may do: ``access``."""
