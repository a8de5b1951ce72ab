package wal

import (
	"errors"
	"io"
	"os"
)

// bufferSize is how much is read at once; whole pages.
const bufferSize = 8 * pageSize

// segment reads the frames of one file.
type segment struct {
	file *os.File
	// offset is where the next frame should be.
	offset int64
	// buffer holds what the file has from start on, the beginning of a page.
	buffer []byte
	start  int64
	// closed says that zeros have been read that Prometheus writes only when it gives a
	// segment up; hole, that there was a frame behind them nevertheless, so that what is in
	// between has never reached the disk.
	closed, hole bool
}

// open begins to read at an offset of a file.
func (s *segment) open(file *os.File, offset int64) {
	s.file, s.offset, s.start, s.buffer, s.closed, s.hole = file, offset, 0, s.buffer[:0], false, false
	if cap(s.buffer) == 0 {
		s.buffer = make([]byte, 0, bufferSize)
	}
}

func (s *segment) close() {
	if s.file != nil {
		s.file.Close()
	}
	s.file = nil
}

// next returns the next frame, whose data are valid until the next call. For any other state,
// the offset is where the frame should be, and next can be called again.
func (s *segment) next() (frame, state, error) {
	for {
		end := pageEnd(s.offset)
		room := int(end - s.offset)
		if room < frameHeader {
			s.offset = end
			continue
		}
		page := s.buffered(end)
		f, found := parseFrame(page, room)
		switch {
		case found == frameRead:
			s.offset += int64(frameHeader + len(f.data))
			s.hole, s.closed = s.closed, false
			return f, frameRead, nil
		case found == damaged:
			return frame{}, damaged, nil
		case found == padded && len(page) == room:
			if room == pageSize && s.closed {
				return frame{}, damaged, nil // a hole: Prometheus writes one such page, after a repair
			}
			s.closed = true
			s.offset = end
			continue
		}
		grew, err := s.fill()
		if err != nil {
			return frame{}, ended, err
		}
		if !grew {
			return frame{}, endState(found, room), nil
		}
	}
}

// endState says how a file ends that has nothing more: what was found last, padding aside.
func endState(found state, room int) state {
	switch {
	case found != padded:
		return found
	case room == pageSize:
		return torn // a page that begins with zeros is written at once
	}
	return ended
}

// buffered returns what is in the buffer from the offset to the end of its page.
func (s *segment) buffered(end int64) []byte {
	from, to := s.offset-s.start, min(end-s.start, int64(len(s.buffer)))
	if from < 0 || from >= to {
		return nil
	}
	return s.buffer[from:to]
}

// fill reads more of the file into the buffer, and says whether there was more.
func (s *segment) fill() (bool, error) {
	begin := s.offset &^ (pageSize - 1)
	if begin != s.start && begin >= s.start+int64(len(s.buffer)) {
		s.start, s.buffer = begin, s.buffer[:0]
	} else if len(s.buffer) == cap(s.buffer) {
		kept := copy(s.buffer[:cap(s.buffer)], s.buffer[begin-s.start:])
		s.start, s.buffer = begin, s.buffer[:kept]
	}
	have := len(s.buffer)
	n, err := s.file.ReadAt(s.buffer[have:cap(s.buffer)], s.start+int64(have))
	s.buffer = s.buffer[:have+n]
	if err == nil || errors.Is(err, io.EOF) || n > 0 {
		return n > 0, nil
	}
	if size, failed := s.size(); failed == nil && s.offset >= size {
		return false, nil // what can't be read has been skipped
	}
	return false, err
}

// forget drops what has been read of the page, which may have changed since.
func (s *segment) forget() { s.start, s.buffer = s.offset&^(pageSize-1), s.buffer[:0] }

// skipPage gives the rest of the page up, and says how many bytes of it are in the file.
func (s *segment) skipPage() int64 {
	skipped := pageEnd(s.offset) - s.offset
	if size, err := s.size(); err == nil {
		skipped = min(skipped, max(0, size-s.offset))
	}
	s.offset = pageEnd(s.offset)
	return skipped
}

// inLastPage says whether the file ends within or right after the page of the offset.
func (s *segment) inLastPage() bool {
	size, err := s.size()
	return err == nil && size <= pageEnd(s.offset)
}

func (s *segment) size() (int64, error) {
	info, err := s.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func pageEnd(offset int64) int64 { return offset&^(pageSize-1) + pageSize }
