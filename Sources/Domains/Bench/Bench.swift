// The gas-detector bench: record, control, acquire.
