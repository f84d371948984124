"""Pictures of traces: what to show, in plain data; ``drawing`` puts it on paper."""
