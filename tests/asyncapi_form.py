"""The objects of an AsyncAPI 3.0.0 document as its specification describes them, as strict types.

Written from https://www.asyncapi.com/docs/reference/specification/v3.0.0 and the MQTT bindings 0.2.0
(https://github.com/asyncapi/bindings/tree/master/mqtt): a field that the specification does not name is an
error, except extensions, which begin with `x-`. Schemas are draft 7's business.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(pattern=r"^[\w.\-]+$")]
Schema = dict[str, Any]
Location = Annotated[str, StringConstraints(pattern=r"^\$message\.(header|payload)#(/[^/]+)+$")]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def without_extensions(cls, given: object) -> object:
        return {k: v for k, v in given.items() if not k.startswith("x-")} if isinstance(given, dict) else given


class Reference(Form):
    ref: Annotated[str, StringConstraints(pattern=r"^#/")] = Field(alias="$ref")


class License(Form):
    name: str
    url: str | None = None


class Info(Form):
    title: str
    version: str
    description: str | None = None
    license: License | None = None


class ServerVariable(Form):
    enum: list[str] | None = None
    default: str | None = None
    description: str | None = None
    examples: list[str] | None = None


class LastWill(Form):
    topic: str
    qos: Literal[0, 1, 2]
    message: str
    retain: bool


class MqttServer(Form):
    client_id: str | None = None
    clean_session: bool | None = None
    last_will: LastWill | None = None
    keep_alive: int | None = Field(default=None, ge=0)
    binding_version: Literal["0.2.0"]


class MqttOperation(Form):
    qos: Literal[0, 1, 2]
    retain: bool
    message_expiry_interval: int | None = Field(default=None, ge=0, le=4_294_967_295)
    binding_version: Literal["0.2.0"]


class ServerBindings(Form):
    mqtt: MqttServer


class OperationBindings(Form):
    mqtt: MqttOperation


class Server(Form):
    host: str
    protocol: Literal["mqtt", "mqtts", "secure-mqtt", "ws", "wss"]
    protocol_version: str | None = None
    pathname: str | None = None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    variables: dict[Name, ServerVariable] | None = None
    security: list[Reference] | None = None
    bindings: ServerBindings | None = None


class Parameter(Form):
    description: str | None = None
    enum: list[str] | None = None
    default: str | None = None
    examples: list[str] | None = None
    location: Location | None = None


class Channel(Form):
    address: str | None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    servers: list[Reference] | None = None
    parameters: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+$")], Parameter | Reference] | None = (
        None
    )
    messages: dict[Name, Reference]


class Reply(Form):
    address: Schema | None = None
    channel: Reference
    messages: list[Reference] | None = None


class Operation(Form):
    action: Literal["send", "receive"]
    channel: Reference
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    messages: list[Reference]
    bindings: OperationBindings
    reply: Reply | None = None


class Example(Form):
    name: str | None = None
    summary: str | None = None
    headers: Schema | None = None
    payload: Any = None


class Message(Form):
    name: str | None = None
    title: str | None = None
    summary: str | None = None
    description: str | None = None
    content_type: str | None = None
    payload: Reference | Schema | None = None
    headers: Reference | Schema | None = None
    correlation_id: Reference | None = None
    bindings: dict[Literal["mqtt"], Schema] | None = None
    examples: list[Example] | None = None


class CorrelationId(Form):
    description: str | None = None
    location: Location


class SecurityScheme(Form):
    type: Literal["userPassword", "X509", "apiKey", "httpApiKey", "http", "plain", "scramSha256", "scramSha512"]
    description: str | None = None


class Components(Form):
    schemas: dict[Name, Schema] | None = None
    messages: dict[Name, Message] | None = None
    parameters: dict[Name, Parameter] | None = None
    correlation_ids: dict[Name, CorrelationId] | None = None
    security_schemes: dict[Name, SecurityScheme] | None = None


def _absolute(identifier: str) -> str:
    if ":" not in identifier:
        raise ValueError("an id is a URI")
    return identifier


class Document(Form):
    asyncapi: Literal["3.0.0"]
    id: Annotated[str, AfterValidator(_absolute)] | None = None
    info: Info
    default_content_type: str | None = None
    servers: dict[Name, Server] | None = None
    channels: dict[str, Channel] | None = None
    operations: dict[str, Operation] | None = None
    components: Components | None = None
