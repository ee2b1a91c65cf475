import CMalloc

/// Gives memory back to the system that was freed but is kept for later: after work that needed much of it for a moment, such as inflating
/// and hashing files, or packing weights. Cost: some milliseconds.
func returnFreeMemory() { malloc_trim(0) }
