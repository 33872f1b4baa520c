package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// openLog is the log that --log-file asks for, one that discards without it. Nothing of it goes to standard error.
func openLog(path string) (*slog.Logger, io.Closer, error) {
	if path == "" {
		return slog.New(slog.DiscardHandler), io.NopCloser(nil), nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, inputError{fmt.Errorf("--log-file: %w", err)}
	}
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})), f, nil
}
