"""flowengine measured against named baselines, by the same loads on the same machine."""
