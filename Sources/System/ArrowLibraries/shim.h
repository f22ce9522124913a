// The Arrow and Parquet C++ libraries, found through pkg-config as `cavern-arrow`; used by the target CArrow only.
