"""One file per subcommand, one plain function each: values in, exit status out."""
