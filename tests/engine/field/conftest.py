from tests.engine.workers.conftest import house, registry

__all__ = ["house", "registry"]
