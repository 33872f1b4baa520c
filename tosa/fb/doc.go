// Package fb is the code that flatc generates from tosa.fbs, the schema of .tosa files that comes with tosa-tools 2026.5.0.
package fb

//go:generate flatc --go --gen-onefile --go-namespace fb -o . tosa.fbs
//go:generate gofmt -w tosa_generated.go
