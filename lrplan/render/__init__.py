"""Pictures, tables and reports of traces and findings."""
