"""Working on jobs: the task itself, one attempt at it, and the engines that bring items to workers."""
