// Package ui is the terminal program: one model at the top, plain structs below it.
//
// App owns all state and is changed only by Update, on one goroutine. A pane is a method that gets a rectangle and returns
// rows of exactly its width; a frame is those rows put side by side. What a Result costs to prepare (facts) is made in the
// goroutine of the run, what a stage costs to list (listing) once per stage; drawing touches visible rows only.
package ui
