"""The steps by which a database came to have today's tables; ``plans.store.upgrade`` runs them."""
