// Package samples holds the embedded model that seam opens without a file, and makes graphs for tests and benchmarks.
package samples

import _ "embed" // the sample's files

//go:embed emg/model.pt2
var emgModel []byte

//go:embed emg/calib.npz
var emgCalib []byte

//go:embed emg/networks.py
var emgSource []byte

// Default is the EMG cascade detector, captured with a dynamic time axis: the model that started seam.
//
//	name    file name of the model
//	model   the .pt2 file
//	calib   its calibration data, an .npz file
//	source  the Python source that its stack traces name
func Default() (name string, model, calib, source []byte) {
	return "emg_cascade_dynamic_time.pt2", emgModel, emgCalib, emgSource
}
