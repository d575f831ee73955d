/* The reader driver of the rig's pcscd: vpcd's, which also says in which USB
 * device a slot is, as libccid does for real ones: for slot i where the folder
 * $IFDUSB_FOLDER has a file i with "BUS DEVICE". Without one it is silent. */
#include <dlfcn.h>
#include <ifdhandler.h>
#include <reader.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VPCD "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
#define CHANNEL_USB 0x0020u
#define EXPORT __attribute__((visibility("default")))

static void *vpcd(const char *name)
{
	static void *library;

	if (!library)
		library = dlopen(VPCD, RTLD_NOW);
	return library ? dlsym(library, name) : NULL;
}

/* Calls vpcd's function of the same name. */
#define PASS(result, types, ...) do {                                          \
		result (*f) types;                                             \
		*(void **)&f = vpcd(__func__);                                 \
		return f ? f(__VA_ARGS__) : IFD_COMMUNICATION_ERROR;           \
	} while (0)

/* One file for each slot: a reader of two slots has two in a row. */
static int slot_of(DWORD lun)
{
	return (int)(lun >> 16) + (int)(lun & 0xffff);
}

static int read_channel(DWORD lun, unsigned *bus, unsigned *device)
{
	const char *folder = getenv("IFDUSB_FOLDER");
	char path[512];
	FILE *f;
	int n;

	snprintf(path, sizeof path, "%s/%d", folder ? folder : "", slot_of(lun));
	f = folder ? fopen(path, "re") : NULL;
	if (!f)
		return 0;
	n = fscanf(f, "%u %u", bus, device);
	fclose(f);
	return n == 2;
}

EXPORT RESPONSECODE IFDHGetCapabilities(DWORD Lun, DWORD Tag, PDWORD Length,
					PUCHAR Value)
{
	unsigned bus, device;
	uint32_t channel;

	if (Tag == SCARD_ATTR_CHANNEL_ID && *Length >= sizeof channel &&
	    read_channel(Lun, &bus, &device)) {
		channel = CHANNEL_USB << 16 | bus << 8 | device;
		memcpy(Value, &channel, sizeof channel);
		*Length = sizeof channel;
		return IFD_SUCCESS;
	}
	PASS(RESPONSECODE, (DWORD, DWORD, PDWORD, PUCHAR), Lun, Tag, Length,
	     Value);
}

EXPORT RESPONSECODE IFDHCreateChannelByName(DWORD Lun, LPSTR DeviceName)
{
	PASS(RESPONSECODE, (DWORD, LPSTR), Lun, DeviceName);
}

EXPORT RESPONSECODE IFDHCreateChannel(DWORD Lun, DWORD Channel)
{
	PASS(RESPONSECODE, (DWORD, DWORD), Lun, Channel);
}

EXPORT RESPONSECODE IFDHCloseChannel(DWORD Lun)
{
	PASS(RESPONSECODE, (DWORD), Lun);
}

EXPORT RESPONSECODE IFDHSetCapabilities(DWORD Lun, DWORD Tag, DWORD Length,
					PUCHAR Value)
{
	PASS(RESPONSECODE, (DWORD, DWORD, DWORD, PUCHAR), Lun, Tag, Length,
	     Value);
}

EXPORT RESPONSECODE IFDHSetProtocolParameters(DWORD Lun, DWORD Protocol,
	UCHAR Flags, UCHAR PTS1, UCHAR PTS2, UCHAR PTS3)
{
	PASS(RESPONSECODE, (DWORD, DWORD, UCHAR, UCHAR, UCHAR, UCHAR), Lun,
	     Protocol, Flags, PTS1, PTS2, PTS3);
}

EXPORT RESPONSECODE IFDHPowerICC(DWORD Lun, DWORD Action, PUCHAR Atr,
				 PDWORD AtrLength)
{
	PASS(RESPONSECODE, (DWORD, DWORD, PUCHAR, PDWORD), Lun, Action, Atr,
	     AtrLength);
}

EXPORT RESPONSECODE IFDHTransmitToICC(DWORD Lun, SCARD_IO_HEADER SendPci,
	PUCHAR TxBuffer, DWORD TxLength, PUCHAR RxBuffer, PDWORD RxLength,
	PSCARD_IO_HEADER RecvPci)
{
	PASS(RESPONSECODE, (DWORD, SCARD_IO_HEADER, PUCHAR, DWORD, PUCHAR,
			    PDWORD, PSCARD_IO_HEADER), Lun, SendPci, TxBuffer,
	     TxLength, RxBuffer, RxLength, RecvPci);
}

EXPORT RESPONSECODE IFDHControl(DWORD Lun, DWORD Code, PUCHAR TxBuffer,
	DWORD TxLength, PUCHAR RxBuffer, DWORD RxLength, LPDWORD Returned)
{
	PASS(RESPONSECODE, (DWORD, DWORD, PUCHAR, DWORD, PUCHAR, DWORD,
			    LPDWORD), Lun, Code, TxBuffer, TxLength, RxBuffer,
	     RxLength, Returned);
}

EXPORT RESPONSECODE IFDHICCPresence(DWORD Lun)
{
	PASS(RESPONSECODE, (DWORD), Lun);
}
