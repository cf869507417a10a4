"""The node's HTTP API: `app` has the routes, `server` the port they answer on."""
