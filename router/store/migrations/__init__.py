"""Alembic's migrations; :mod:`router.store.schema` runs them."""
