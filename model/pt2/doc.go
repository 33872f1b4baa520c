// Package pt2 reads .pt2 files, the programs that torch.export.save writes, in all three layouts that torch used:
// L1 (torch 2.7 and before), L2 (2.8), L3 (2.9 and later).
//
// # Trust
//
// A .pt2 is hostile until read. Nothing in it is executed: pickles go through a restricted unpickler that knows the
// handful of functions that rebuild tensors and keeps everything else as an opaque object; symbolic expressions are
// parsed, never evaluated. Everything read is charged against one budget of 64 MB plus four times the file's size, before
// it is allocated; every size that the file states is checked against the bytes that are there.
//
// # What comes out
//
// The Graph is what ep.module() holds in Python: parameters, buffers and constants as get_attr nodes where the lifted
// placeholders stood, the results of an operator with several results as getitem nodes, names as torch.fx gives them.
// What cannot be read of a tensor leaves it without data and adds a warning; only a broken container or graph is an error.
package pt2
