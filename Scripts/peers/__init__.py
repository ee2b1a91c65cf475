"""What Zennit, Captum and PyTorch say about a network, to compare Heatlens with."""
