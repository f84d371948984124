"""Known pitfalls, one file each: page, examples, check. See docs/architecture.md."""
