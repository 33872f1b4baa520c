package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"seam/internal/pipeline"
	"seam/internal/snapshot"
	"seam/tosa"
	"seam/ui"
)

// writeTOSA writes one file for each delegate, dir/tagN.tosa, and names on standard error those that seam could not lower.
func writeTOSA(e *env, dir string, res *pipeline.Result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return inputError{fmt.Errorf("--tosa: %w", err)}
	}
	missing := false
	for _, l := range res.Delegates {
		if l.Graph == nil {
			missing = true
			for _, r := range l.Failed {
				fmt.Fprintf(e.stderr, "seam: tag%d is not written: %s\n", l.Tag, oneLine(r.Text))
			}
			continue
		}
		path := filepath.Join(dir, fmt.Sprintf("tag%d.tosa", l.Tag))
		if err := snapshot.WriteFile(path, func(w io.Writer) error { return tosa.Write(w, l) }); err != nil {
			return err
		}
	}
	if missing {
		return codeError(ExitFindings)
	}
	return nil
}

// openTOSA reads a TOSA flatbuffer, nil if the file is something else or cannot be opened.
func openTOSA(path string) (*tosa.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil // what reads models says so
	}
	defer f.Close()
	head := make([]byte, 8)
	if _, err := io.ReadFull(f, head); err != nil || !tosa.IsFile(head) {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, inputError{err}
	}
	return tosa.Read(data, path)
}

// showTOSA shows the blocks of a file on the screen; without a terminal it prints them.
func (c *openCmd) showTOSA(e *env, f *tosa.File) error {
	if e.opts.Plain || e.opts.JSON || !isTerminal(e.stdin) || !isTerminal(e.stdout) {
		return printTOSA(e, f)
	}
	var blocks []*tosa.Lowered
	for _, b := range f.Blocks {
		blocks = append(blocks, b.Lowered())
	}
	res, err := pipeline.OfBlocks(blocks)
	if err != nil {
		return err
	}
	theme, err := e.theme()
	if err != nil {
		return err
	}
	keys, err := readKeys(filepath.Join(configDir(), "keys.yaml"))
	if err != nil {
		return err
	}
	return shown(e, ui.Run(e.ctx, ui.Options{
		Result: res, Config: pipeline.DefaultConfig(latest()), Title: filepath.Base(c.Model), Theme: theme,
		ASCII: e.opts.ASCII || !utf8Locale(), NoMouse: e.opts.NoMouse, Keys: keys,
	}))
}

// printTOSA prints the operators of every block of a file.
func printTOSA(e *env, f *tosa.File) error {
	if e.opts.JSON {
		return printJSON(e.stdout, f.Normal())
	}
	for _, b := range f.Blocks {
		if err := tosa.Print(e.stdout, b.Lowered()); err != nil {
			return err
		}
	}
	return nil
}
