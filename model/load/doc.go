// Package load opens model files and the data to calibrate them with. It recognises a file by its bytes, never by its name.
package load
