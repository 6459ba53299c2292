"""What every room stands on: programmes, links, queues."""
