print("heatlens")
