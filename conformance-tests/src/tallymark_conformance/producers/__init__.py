"""Programs that use an SDK as an application would, and write down what they were promised."""
