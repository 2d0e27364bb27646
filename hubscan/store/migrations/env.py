"""How Alembic runs here: on the connection it is handed, inside that connection's transaction. No ini file, no URL."""

from alembic import context

from hubscan.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
