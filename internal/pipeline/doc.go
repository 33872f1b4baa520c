// Package pipeline runs the stages one after the other, keeps what did not change, and answers what a change would give.
//
//	traced --transform--> annotatable --annotate--> specs and groups --observe--> qparams
//	  --convert--> Q/DQ graph --to edge--> edge graph --support checks, partition--> delegates --lower--> TOSA
//
// A Result is immutable and shares unchanged stages with the result before it. Each stage has a memo under a comparable key,
// the revisions of its inputs and its own options, and keeps its last four entries, so that switching back costs nothing. A
// stage whose new output equals the old one keeps the old revision, and later stages are reused too.
package pipeline
