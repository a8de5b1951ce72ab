// Program validatepod returns the errors that make Kubernetes' API server refuse to create
// a pod: it links the server's own defaults and validation, but no admission.
//
// It answers questions from standard input: each is a four-byte big-endian length and
// that many bytes, the pod in JSON, and so is each answer: the errors, or nothing where the
// pod is valid.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/core/pod"
)

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// maxQuestion is larger than any pod of the fuzz tests.
const maxQuestion = 16 << 20

// answer answers questions until the input ends.
func answer(questions io.Reader, answers io.Writer) error {
	in, out := bufio.NewReader(questions), bufio.NewWriter(answers)
	for {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading the length of a question: %w", err)
		}
		if length > maxQuestion {
			return fmt.Errorf("a question of %d bytes; at most %d are read", length, maxQuestion)
		}
		question := make([]byte, length)
		if _, err := io.ReadFull(in, question); err != nil {
			return fmt.Errorf("reading a question of %d bytes: %w", length, err)
		}
		text := ""
		if err := validate(question); err != nil {
			text = err.Error()
		}
		framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
		if _, err := out.Write(framed); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("writing an answer: %w", err)
		}
	}
}

// validate decodes a pod and does to it what the API server does before it stores one.
func validate(text []byte) error {
	decoder := legacyscheme.Codecs.UniversalDecoder()
	gvk := corev1.SchemeGroupVersion.WithKind("Pod")
	object, _, err := decoder.Decode(text, &gvk, nil)
	if err != nil {
		return fmt.Errorf("decoding the pod: %w", err)
	}
	p, isPod := object.(*core.Pod)
	if !isPod {
		return fmt.Errorf("the object is a %T", object)
	}
	if p.Name == "" {
		p.Name = p.GenerateName + "pod"
	}
	p.Namespace = "linkerd-viz"
	rest.FillObjectMetaSystemFields(p)
	return rest.BeforeCreate(pod.Strategy, request.WithNamespace(context.Background(), p.Namespace), p)
}
