package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Contracts are the descriptors of all files, with the options that the project's own extensions set.
type Contracts struct{ files *protoregistry.Files }

// ReadContracts reads a descriptor set.
func ReadContracts(path string) (*Contracts, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	// Twice: the extensions are defined in the set that uses them.
	files, err := filesOf(bytes, proto.UnmarshalOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	files, err = filesOf(bytes, proto.UnmarshalOptions{Resolver: dynamicpb.NewTypes(files)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Contracts{files}, nil
}

func filesOf(bytes []byte, options proto.UnmarshalOptions) (*protoregistry.Files, error) {
	var set descriptorpb.FileDescriptorSet
	if err := options.Unmarshal(bytes, &set); err != nil {
		return nil, err
	}
	return protodesc.NewFiles(&set)
}

// Services returns the project's services by their full names.
func (c *Contracts) Services() []protoreflect.ServiceDescriptor {
	var all []protoreflect.ServiceDescriptor
	c.files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			all = append(all, file.Services().Get(i))
		}
		return true
	})
	slices.SortFunc(all, func(one, other protoreflect.ServiceDescriptor) int {
		return cmp.Compare(one.FullName(), other.FullName())
	})
	return all
}

// Methods returns the methods of a service, in the order of the contract.
func Methods(service protoreflect.ServiceDescriptor) []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	for i := range service.Methods().Len() {
		all = append(all, service.Methods().Get(i))
	}
	return all
}

// Method returns the method with a path: `tenure.order.v1.OrderService/PlaceOrder`; nil if there is none.
func (c *Contracts) Method(path string) protoreflect.MethodDescriptor {
	name := protoreflect.FullName(strings.Replace(path, "/", ".", 1))
	found, err := c.files.FindDescriptorByName(name)
	if err != nil {
		return nil
	}
	method, _ := found.(protoreflect.MethodDescriptor)
	return method
}

// Path returns how a method is named on the wire, without the leading slash.
func Path(method protoreflect.MethodDescriptor) string {
	return string(method.Parent().FullName()) + "/" + string(method.Name())
}

// Enum returns the enum with a name, which the contracts have.
func (c *Contracts) Enum(name protoreflect.FullName) protoreflect.EnumDescriptor {
	found, err := c.files.FindDescriptorByName(name)
	if err != nil {
		panic(err)
	}
	return found.(protoreflect.EnumDescriptor)
}

// Access returns a method's word of access.
func (c *Contracts) Access(method protoreflect.MethodDescriptor) protoreflect.EnumValueDescriptor {
	number := option(method, "tenure.common.v1.access").Enum()
	return c.Enum("tenure.common.v1.Access").Values().ByNumber(number)
}

// Reasons returns all reasons of the contracts, without prefix, in their order.
func (c *Contracts) Reasons() []string {
	values := c.Enum("tenure.common.v1.Reason").Values()
	var all []string
	for i := range values.Len() {
		if value := values.Get(i); value.Number() != 0 {
			all = append(all, strings.TrimPrefix(string(value.Name()), "REASON_"))
		}
	}
	return all
}

// reads are the first words of the methods that only read.
var reads = []string{
	"Check", "Estimate", "Explain", "Export", "Find", "Get", "Judge", "List", "Poll", "Review", "Validate",
	"Verify", "Watch",
}

// IsSafe returns whether a method only reads.
func IsSafe(method protoreflect.MethodDescriptor) bool {
	return slices.ContainsFunc(reads, func(word string) bool {
		rest, found := strings.CutPrefix(string(method.Name()), word)
		// CheckoutCart is none of those that check.
		return found && rest != "" && strings.ToUpper(rest[:1]) == rest[:1]
	})
}

// CanRepeat returns whether a call that may have arrived can be sent again without harm.
func CanRepeat(method protoreflect.MethodDescriptor) bool {
	return !method.IsStreamingClient() && (IsSafe(method) || has(method, "request_id"))
}

// has returns whether the request of a method has a field.
func has(method protoreflect.MethodDescriptor, field protoreflect.Name) bool {
	return method.Input().Fields().ByName(field) != nil
}

// comment returns what the contract says of something, as one line.
func comment(of protoreflect.Descriptor) string {
	leading := of.ParentFile().SourceLocations().ByDescriptor(of).LeadingComments
	return strings.Join(strings.Fields(leading), " ")
}

// option returns the value of an extension; invalid when it is not set.
func option(of protoreflect.Descriptor, name protoreflect.FullName) (value protoreflect.Value) {
	of.Options().ProtoReflect().Range(func(field protoreflect.FieldDescriptor, set protoreflect.Value) bool {
		if field.FullName() == name {
			value = set
		}
		return true
	})
	return value
}
