"""The API's protobuf form: objects between messages and the values that JSON would give.

Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf (the `k8s` envelope) and the protocol buffers' wire format.
"""

from stackwright.apiserver.protobuf.decoding import BadProtobuf, decoded
from stackwright.apiserver.protobuf.encoding import encoded, framed_event, is_known

__all__ = ["BadProtobuf", "decoded", "encoded", "framed_event", "is_known"]
