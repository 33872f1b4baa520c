package pt2

import (
	"errors"
	"fmt"
)

// container runs the opcodes that build tuples, lists, dicts and sets.
func (u *unpickler) container(op byte) error {
	switch op {
	case ')':
		return u.push(pyTuple{})
	case ']', 0x8f:
		return u.push(&pyList{})
	case '}':
		return u.push(&pyDict{})
	case 't':
		items, err := u.popMark()
		if err != nil {
			return err
		}
		return u.push(pyTuple(items))
	case 0x85, 0x86, 0x87:
		return u.tuple(int(op) - 0x84)
	case 'a', 's':
		return u.fill(1 + int(op-'a')/18)
	}
	items, err := u.popMark()
	if err != nil {
		return err
	}
	return u.extend(items)
}

func (u *unpickler) tuple(n int) error {
	t := make(pyTuple, n)
	for i := n - 1; i >= 0; i-- {
		v, err := u.pop()
		if err != nil {
			return err
		}
		t[i] = v
	}
	return u.push(t)
}

// fill adds the top n values to the container below them.
func (u *unpickler) fill(n int) error {
	items := make([]any, n)
	for i := n - 1; i >= 0; i-- {
		v, err := u.pop()
		if err != nil {
			return err
		}
		items[i] = v
	}
	return u.extend(items)
}

// extend adds items to the container on top of the stack.
func (u *unpickler) extend(items []any) error {
	if len(u.stack) == 0 {
		return errStack
	}
	top := u.stack[len(u.stack)-1]
	for _, v := range items {
		if same, ok := v.(*pyList); ok && top == any(same) {
			return errors.New("a list inside itself")
		}
		if same, ok := v.(*pyDict); ok && top == any(same) {
			return errors.New("a dict inside itself")
		}
	}
	switch c := top.(type) {
	case *pyList:
		c.items = append(c.items, items...)
	case *pyDict:
		if len(items)%2 != 0 {
			return errors.New("a dict key without a value")
		}
		for i := 0; i < len(items); i += 2 {
			c.keys, c.values = append(c.keys, items[i]), append(c.values, items[i+1])
		}
	case *pyObject: // what an object of an unknown class would be filled with
	default:
		return fmt.Errorf("items added to %T", top)
	}
	return nil
}

// object runs the opcodes that would call something: reduce and persistent decide, no code is ever run.
func (u *unpickler) object(op byte) error {
	arg, err := u.pop()
	if err != nil {
		return err
	}
	if op == 'Q' {
		v, err := u.persistent(arg)
		if err != nil {
			return err
		}
		return u.push(v)
	}
	f, err := u.pop()
	if err != nil {
		return err
	}
	if op == 'b' { // BUILD: attributes and state are of no interest
		return u.push(f)
	}
	args, ok := arg.(pyTuple)
	if !ok {
		return fmt.Errorf("a call with %T instead of arguments", arg)
	}
	if op == 0x81 {
		return u.push(opaque(f, args))
	}
	v, err := u.reduce(f, args)
	if err != nil {
		return err
	}
	return u.push(v)
}

// opaque is the object that a call of f would make.
func opaque(f any, args pyTuple) *pyObject {
	class := "?"
	switch g := f.(type) {
	case pyGlobal:
		class = g.module + "." + g.name
	case *pyObject:
		class = g.class
	}
	return &pyObject{class, args}
}
