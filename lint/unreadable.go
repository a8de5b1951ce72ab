package lint

// Unreadable returns the objects whose text the program that it is for cannot read
// at all: nobody can say what else is wrong with it.
func Unreadable(in Input) []Object {
	s := newSubject(in)
	var objects []Object
	for _, f := range s.files {
		if len(f.errors) > 0 {
			objects = append(objects, f.Object)
		}
	}
	if in.SidecarConfig != nil && !s.configReadable() {
		objects = append(objects, in.SidecarConfig.Object)
	}
	return objects
}
