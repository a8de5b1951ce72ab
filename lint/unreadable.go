package lint

func (s *subject) unreadable() []Object {
	var objects []Object
	for _, f := range s.files {
		if len(f.diagnostics) > 0 {
			objects = append(objects, f.Object)
		}
	}
	if s.SidecarConfig != nil && !s.configReadable() {
		objects = append(objects, s.SidecarConfig.Object)
	}
	return objects
}
