package main

import (
	"fmt"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger returns a logger of a level and format, as given by flags.
func newLogger(level, format string) (logr.Logger, error) {
	config := zap.NewProductionConfig()
	config.Sampling = nil
	config.DisableStacktrace = true
	config.EncoderConfig.TimeKey = "time"
	config.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	config.EncoderConfig.EncodeDuration = zapcore.StringDurationEncoder
	encodings := map[string]string{"json": "json", "plain": "console"}
	var known bool
	if config.Encoding, known = encodings[format]; !known {
		return logr.Logger{}, fmt.Errorf("--log-format is %q: want json or plain", format)
	}
	levels := map[string]zapcore.Level{
		"debug": zapcore.DebugLevel, "info": zapcore.InfoLevel, "warn": zapcore.WarnLevel, "error": zapcore.ErrorLevel,
	}
	zapLevel, known := levels[level]
	if !known {
		return logr.Logger{}, fmt.Errorf("--log-level is %q: want debug, info, warn or error", level)
	}
	config.Level = zap.NewAtomicLevelAt(zapLevel)
	logger, err := config.Build()
	if err != nil {
		return logr.Logger{}, fmt.Errorf("making the logger: %w", err)
	}
	return zapr.NewLogger(logger), nil
}
