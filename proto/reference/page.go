package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const head = `# The calls

*Made from the contracts under [proto/](../proto/README.md) by ` + "`proto/reference`" + `; edit those, and run ` + "`proto/reference/renew`" + `.*

Every call takes a token, and may be refused with the reasons that [errors.md](errors.md#any-call) lists for any call; only the others are
named here. **Repeat** says whether a call that may have arrived can be sent again: what reads can, and so can what has a ` + "`request_id`" + `, as long as
it is the same one. A field with a **!** must be given. How long to wait for each method is in
[service-config.json](../proto/service-config.json). ` + "`own`" + ` means rows of the caller's own partner or customer; anything else is not found.
`

func writePage(out io.Writer, contracts *Contracts, reasons []Reason) {
	fmt.Fprint(out, head)
	services := contracts.Services()
	fmt.Fprintln(out)
	for _, service := range services {
		name := string(service.FullName())
		fmt.Fprintf(out, "* [%s](#%s): %s\n", name, anchor(name), comment(service))
	}
	writeAccess(out, contracts)
	for _, service := range services {
		fmt.Fprintf(out, "\n## %s\n\n%s\n", service.FullName(), comment(service))
		for _, method := range Methods(service) {
			writeMethod(out, method, contracts.Access(method), reasons)
		}
	}
}

// anchor returns how a heading is linked to.
func anchor(heading string) string {
	return strings.ToLower(strings.ReplaceAll(heading, ".", ""))
}

// writeAccess writes what each word of access means.
func writeAccess(out io.Writer, contracts *Contracts) {
	fmt.Fprint(out, "\n## Who may\n\n| Word | Roles | Rows | In the log |\n|---|---|---|---|\n")
	values := contracts.Enum("tenure.common.v1.Access").Values()
	for i := range values.Len() {
		word := values.Get(i)
		rule := option(word, "tenure.common.v1.access_rule")
		if !rule.IsValid() {
			continue
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", accessWord(word), strings.Join(roles(rule), ", "),
			enums(rule, "scope", "SCOPE_")[0], enums(rule, "trace", "TRACE_")[0])
	}
}

func accessWord(word protoreflect.EnumValueDescriptor) string {
	return strings.TrimPrefix(string(word.Name()), "ACCESS_")
}

// roles returns the roles that a rule admits, as tokens have them.
func roles(rule protoreflect.Value) []string {
	var all []string
	for _, role := range enums(rule, "roles", "ROLE_") {
		all = append(all, strings.ToUpper(strings.ReplaceAll(role, " ", "_")))
	}
	return all
}

// enums returns the names in an enum field of a message, one or many, as words without prefix.
func enums(of protoreflect.Value, name protoreflect.Name, prefix string) []string {
	message := of.Message()
	field := message.Descriptor().Fields().ByName(name)
	text := func(value protoreflect.Value) string {
		full := string(field.Enum().Values().ByNumber(value.Enum()).Name())
		return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(full, prefix), "_", " "))
	}
	if !field.IsList() {
		return []string{text(message.Get(field))}
	}
	list := message.Get(field).List()
	var all []string
	for i := range list.Len() {
		all = append(all, text(list.Get(i)))
	}
	return all
}

func writeMethod(
	out io.Writer, method protoreflect.MethodDescriptor, word protoreflect.EnumValueDescriptor, reasons []Reason,
) {
	fmt.Fprintf(out, "\n### %s\n\n%s\n\n", method.Name(), comment(method))
	rule := option(word, "tenure.common.v1.access_rule")
	fmt.Fprintf(out, "* Who may: [`%s`](#who-may) (%s; rows: %s)\n", accessWord(word),
		strings.Join(roles(rule), ", "), enums(rule, "scope", "SCOPE_")[0])
	fmt.Fprintf(out, "* Answers: %s\n* Repeat: %s\n", answer(method), repeat(method))
	if refusals := refusalsOf(method, reasons); len(refusals) > 0 {
		fmt.Fprintf(out, "* Refuses with: %s\n", strings.Join(refusals, ", "))
	}
	fields := fieldsOf(method.Input(), "", 0)
	if len(fields) == 0 {
		return
	}
	fmt.Fprint(out, "\n| Field | Type | Bounds | What |\n|---|---|---|---|\n")
	for _, field := range fields {
		fmt.Fprintf(out, "| `%s`%s | %s | %s | %s |\n", field.Name, field.Mark, field.Type, cell(field.Bounds), cell(field.Says))
	}
}

// cell returns a text that does not end its cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

func answer(method protoreflect.MethodDescriptor) string {
	name := "`" + string(method.Output().FullName()) + "`"
	if method.IsStreamingServer() {
		name = "a stream of " + name
	}
	if method.IsStreamingClient() {
		name += " to a stream of requests"
	}
	return name
}

func repeat(method protoreflect.MethodDescriptor) string {
	switch {
	case !CanRepeat(method) && method.IsStreamingClient():
		return "begin the stream again, after looking at what came of it"
	case !CanRepeat(method):
		return "yes, for each message has an id; services do it, callers have no use for it"
	case !IsSafe(method):
		return "yes, with the same `request_id`"
	case method.IsStreamingServer() && has(method, "resume_cursor"):
		return "yes, from the last cursor"
	default:
		return "yes"
	}
}

// byField are the reasons that a field of the request brings with it.
var byField = []struct {
	field  protoreflect.Name
	reason string
}{
	{"request_id", "REQUEST_ID_REUSED"},
	{"etag", "STALE_ETAG"},
	{"preview_token", "PREVIEW_STALE"},
	{"page_token", "PAGE_TOKEN_INVALID"},
	{"name", "NOT_FOUND"},
	{"parent", "NOT_FOUND"},
}

// refusalsOf returns the reasons that a method can refuse with, beyond those of any call, as links.
func refusalsOf(method protoreflect.MethodDescriptor, reasons []Reason) []string {
	var names []string
	for _, one := range byField {
		if has(method, one.field) && !slices.Contains(names, one.reason) {
			names = append(names, one.reason)
		}
	}
	for _, reason := range reasons {
		if slices.Contains(reason.Calls, Path(method)) && !slices.Contains(names, reason.Name) {
			names = append(names, reason.Name)
		}
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("[`%s`](errors.md#%s)", name, strings.ToLower(name))
	}
	return names
}
