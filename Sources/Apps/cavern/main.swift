print("cavern")
