package main

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Field is one field that a request can reach.
type Field struct {
	Name, Mark, Type, Bounds, Says string
}

// As deep as requests go; a message that holds itself ends here too.
const depthMax = 4

// fieldsOf returns the fields of a request, those of the messages in it behind them.
func fieldsOf(message protoreflect.MessageDescriptor, prefix string, depth int) []Field {
	var all []Field
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		behaviour := behaviours(field)
		if strings.Contains(behaviour, "OUTPUT_ONLY") || strings.Contains(behaviour, "IDENTIFIER") && depth > 0 {
			continue
		}
		name := prefix + string(field.Name())
		if field.IsList() {
			name += "[]"
		}
		mark := ""
		if strings.Contains(behaviour, "REQUIRED") {
			mark = " **!**"
		}
		all = append(all, Field{name, mark, typeOf(field), boundsOf(field), comment(field)})
		inner := field.Message()
		if inner != nil && !field.IsMap() && depth < depthMax && strings.HasPrefix(string(inner.FullName()), "tenure.") {
			all = append(all, fieldsOf(inner, name+".", depth+1)...)
		}
	}
	return all
}

func behaviours(field protoreflect.FieldDescriptor) string {
	set := option(field, "google.api.field_behavior")
	if !set.IsValid() {
		return ""
	}
	var all []string
	for i := range set.List().Len() {
		// google/api/field_behavior.proto: 2 REQUIRED, 3 OUTPUT_ONLY, 8 IDENTIFIER.
		names := map[protoreflect.EnumNumber]string{2: "REQUIRED", 3: "OUTPUT_ONLY", 8: "IDENTIFIER"}
		all = append(all, names[set.List().Get(i).Enum()])
	}
	return strings.Join(all, " ")
}

func typeOf(field protoreflect.FieldDescriptor) string {
	switch {
	case field.IsMap():
		return "map"
	case field.Enum() != nil:
		return "`" + string(field.Enum().Name()) + "`"
	case field.Message() != nil:
		return "`" + string(field.Message().Name()) + "`"
	default:
		return field.Kind().String()
	}
}

// boundsOf returns what buf.validate says of a field, in words.
func boundsOf(field protoreflect.FieldDescriptor) string {
	rules := option(field, "buf.validate.field")
	if !rules.IsValid() {
		return ""
	}
	return strings.Join(words(rules.Message()), ", ")
}

// words returns rules in words; a rule that has none here is shown as it is written.
func words(rules protoreflect.Message) []string {
	var all []string
	low, high := "", ""
	fields := rules.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !rules.Has(field) {
			continue
		}
		value := rules.Get(field)
		switch field.Name() {
		case "string", "int32", "int64", "enum", "bytes":
			all = append(all, words(value.Message())...)
		case "repeated":
			all = append(all, words(value.Message())...)
		case "items":
			all = append(all, "each: "+strings.Join(words(value.Message()), ", "))
		case "pattern":
			all = append(all, "`"+value.String()+"`")
		case "uuid":
			all = append(all, "a UUID")
		case "gte":
			low = value.String()
		case "lte":
			high = value.String()
		case "min_len":
			all = append(all, "at least "+value.String()+" characters")
		case "max_len":
			all = append(all, "at most "+value.String()+" characters")
		case "min_items":
			all = append(all, "at least "+value.String()+" items")
		case "max_items":
			all = append(all, "at most "+value.String()+" items")
		case "defined_only":
			all = append(all, "a value of the list")
		case "not_in":
			all = append(all, "not unspecified")
		default:
			text := prototext.MarshalOptions{}.Format(rules.Interface())
			all = append(all, "`"+strings.Join(strings.Fields(text), " ")+"`")
		}
	}
	switch {
	case low != "" && high != "":
		all = append(all, fmt.Sprintf("%s to %s", low, high))
	case low != "":
		all = append(all, "at least "+low)
	case high != "":
		all = append(all, "at most "+high)
	}
	return all
}
